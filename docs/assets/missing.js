// Suggests a search for a page that is missing: the words at the end of its address.
const words = decodeURIComponent(location.pathname).split("/").filter(Boolean).pop() ?? "";
document.getElementById("missing-query").value = words
  .replace(/\.\w+$/, "").replace(/[^\p{L}\p{N}]+/gu, " ").trim();
