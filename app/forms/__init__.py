"""The page's side of a task's form: WTForms fields from a form-js schema, rendered by macros/task_form.html.

    form = build(spec, variables, options, now=now(), calendar=calendar, data=draft)                # GET
    form = build(spec, variables, options, now=now(), calendar=calendar, formdata=request.form)     # POST
    if form.rows_changed: …render again: a row was added or removed…
    outcome = form.judge()
    if outcome.errors: …render again, the messages stand beside the fields…
"""
from app.forms.submission import read
from app.forms.task_form import Part, TaskForm, build

__all__ = ["Part", "TaskForm", "build", "read"]
