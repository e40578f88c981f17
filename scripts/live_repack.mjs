// Runs live_repack.py in Pyodide: node live_repack.mjs RUNTIME TARGET
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [runtime, target] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${runtime}/pyodide.mjs`));
const python = await loadPyodide({ indexURL: runtime, args: ["-", "/runtime", "/target"] });
python.mountNodeFS("/runtime", runtime);
python.mountNodeFS("/target", target);
python.runPython(readFileSync(new URL("live_repack.py", import.meta.url), "utf8"));
