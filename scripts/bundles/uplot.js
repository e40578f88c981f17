// The charts of explorers.
import "uplot/dist/uPlot.min.css";
export { default } from "uplot";
