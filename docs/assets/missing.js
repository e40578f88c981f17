// Suggests a search for a page that is missing: the words at the end of its address.
let path = location.pathname;
try {
  path = decodeURIComponent(path);
} catch { /* it is no UTF-8 */ }
const words = path.split("/").filter(Boolean).pop() ?? "";
document.getElementById("missing-query").value = words
  .replace(/\.\w+$/, "").replace(/[^\p{L}\p{N}]+/gu, " ").trim();
