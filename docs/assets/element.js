// Makes an element with properties, attributes and children; null is no child.
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes))
    if (key in made) made[key] = value;
    else made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}
