// The enterprise's pages: the code behind #, files that are too large. Each page works without it.
import { byAll, growTexts, offerCopying, offerPrinting, sendByKey, sendOnce, showErrors } from "./comforts.js";

// The picture's link carries the code behind #, which never reaches a server: move it into the field.
function takeCodeFromAddress() {
  const form = document.querySelector("[data-code-form]");
  const code = decodeURIComponent(location.hash.slice(1));
  if (!form || !/^[0-9A-Za-z-]{10,20}$/.test(code)) return;
  history.replaceState(null, "", location.pathname);
  form.elements.code.value = code;
  form.requestSubmit();
}

// A file over the limit would be refused after a long wait: say so before it is sent.
function weighFiles() {
  byAll("input[type=file][data-max-bytes]", (input) => {
    input.addEventListener("change", () => {
      const tooLarge = [...input.files].filter((file) => file.size > Number(input.dataset.maxBytes));
      input.setCustomValidity(tooLarge.length ? input.dataset.tooLarge.replace("{name}", tooLarge[0].name) : "");
      input.reportValidity();
    });
  });
}

showErrors();
offerCopying();
offerPrinting();
sendOnce();
sendByKey();
growTexts();
weighFiles();
takeCodeFromAddress();
