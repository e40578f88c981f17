// Only in the copy of the site that is opened from a folder: browsers load no modules and
// answer no requests there. So the modules come as text in folder-modules.js, each is
// made a blob, which may be imported, and JSON comes as a script beside its file.
(() => {
  "use strict";
  const { dataset, src } = document.currentScript;
  const root = new URL("../", src);
  const made = {};

  // The address of a module's blob, those of its imports first.
  function blob(address) {
    return (made[address] ??= URL.createObjectURL(new Blob([prepared(address)], { type: "text/javascript" })));
  }
  function prepared(address) {
    const here = JSON.stringify(address);
    return window.__modules[address.slice(root.href.length)]
      .replace(/\bfrom\s*"(\.[^"]+)"/g, (_, path) => `from "${blob(new URL(path, address).href)}"`)
      .replace(/\bimport\(/g, `__import(${here}, `)
      .replace(/\bimport\.meta\.url\b/g, here)
      .replace(/\bawait fetch\(/g, "await __fetch(");
  }
  window.__import = (from, path) => import(blob(new URL(path, from).href));
  window.__fetch = (address) => new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `${new URL(address, location)}.js`;
    script.onload = () => resolve(new Response(JSON.stringify(window.__json)));
    script.onerror = reject;
    document.head.append(script);
  });

  // Where even that is forbidden, pages read as they do without JavaScript.
  import(blob(new URL(dataset.module, root).href))
    .catch(() => document.documentElement.classList.remove("js"));
})();
