// Starts an explorer when the reader comes near it; nothing of it loads before.
const seen = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    start(target);
  }
}, { rootMargin: "1500px" });

async function start(figure) {
  const place = document.createElement("div");
  place.className = "explorer-body";
  try {
    const { default: explore } = await import(`./${figure.dataset.explorer}.js`);
    figure.prepend(place);
    explore(place, JSON.parse(figure.dataset.results ?? "null"));
  } catch (error) {
    place.remove(); // the caption and its notebook still say what there is to see
    console.warn(`The explorer ${figure.dataset.explorer} did not start: ${error}`);
  }
}
for (const figure of document.querySelectorAll(".explorer")) seen.observe(figure);
