// Elements from values. A string is always text, never markup.

/** An element: attributes by name, `on…` as listeners, false and null left out. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child != null && child !== false));
  return element;
}

/** Whether the end of the page is in view, so that what grows there should stay in view. */
export function atEnd() {
  const page = document.documentElement;
  return page.scrollHeight - page.clientHeight - window.scrollY < 80;
}

/** Run `change`; when the end was in view before, it is afterwards. */
export function keepingEnd(change) {
  const stick = atEnd();
  change();
  if (stick) toEnd();
}

export function toEnd() {
  window.scrollTo({ top: document.documentElement.scrollHeight, behavior: "instant" });
}
