// Working time as people say it, to the minute, like workflows/working_time.py.
import { say } from "../words.js";

export function duration(seconds) {
  const whole = Math.floor(seconds / 60);
  const [hours, minutes] = [Math.floor(whole / 60), whole % 60];
  if (hours && minutes) return say("hoursMinutes", { hours, minutes: String(minutes).padStart(2, "0") });
  if (hours) return say("hours", { hours });
  return minutes ? say("minutes", { minutes }) : say("instant");
}
