"""Fields of forms that everybody can use: tied to their help and their error, and a summary of what to correct."""


def describe(bound, *more):
    """Tie the input to its help, its error, and other elements (ids), for those who cannot see where these stand."""
    attributes = bound.field.widget.attrs
    named = [
        f"{bound.auto_id}_help" if bound.help_text else "",
        f"{bound.auto_id}_error" if bound.errors else "",
        *more,
    ]
    described = " ".join(name for name in named if name)
    if described:
        attributes["aria-describedby"] = described
    if bound.errors:
        attributes["aria-invalid"] = "true"
    if getattr(bound.field.widget, "input_type", "") not in ("checkbox", "radio"):
        attributes.setdefault("class", "form-control")
    return bound


def summary_of(form):
    """Return (id of the input, label, message) for every error of a form; the id is empty for those of the whole."""
    if not form.is_bound:
        return []
    found = [("", "", message) for message in form.non_field_errors()]
    for bound in form:
        # Of several boxes or buttons the first is where to go.
        target = f"{bound.auto_id}_0" if bound.field.widget.use_fieldset else bound.id_for_label
        found += [(target, bound.label, message) for message in bound.errors]
    return found
