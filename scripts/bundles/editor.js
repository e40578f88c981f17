// The code editor of live cells: CodeMirror with what Python needs and nothing more.
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import {
  bracketMatching, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting,
} from "@codemirror/language";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import { Decoration, drawSelection, EditorView, keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";

// The theme's own colours, so that light and dark both follow it.
const colour = (name) => `var(--md-code-hl-${name}-color)`;
const highlighting = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword], color: colour("keyword") },
  { tag: [tags.string, tags.special(tags.string)], color: colour("string") },
  { tag: tags.number, color: colour("number") },
  { tag: tags.comment, color: colour("comment") },
  { tag: [tags.bool, tags.null], color: colour("constant") },
  { tag: tags.operator, color: colour("operator") },
  {
    tag: [tags.definition(tags.variableName), tags.function(tags.variableName), tags.className],
    color: colour("function"),
  },
]);
const theme = EditorView.theme({
  "&": { color: "var(--md-code-fg-color)", background: "var(--md-code-bg-color)" },
  "&.cm-focused": { outline: "2px solid var(--md-typeset-a-color)" },
  ".cm-scroller": { fontFamily: "inherit", lineHeight: "1.4" },
  ".cm-content": { padding: "0.77em 0", caretColor: "var(--md-code-fg-color)" },
  ".cm-line": { padding: "0 1.18em" },
  ".cm-cursor": { borderLeftColor: "var(--md-code-fg-color)" },
  ".failed": { boxShadow: "inset 3px 0 var(--live-failed)", background: "var(--live-failed-bg)" },
});

const fail = StateEffect.define();
const failed = StateField.define({
  create: () => Decoration.none,
  update(marks, transaction) {
    if (transaction.docChanged) marks = Decoration.none;
    for (const effect of transaction.effects)
      if (effect.is(fail))
        marks = effect.value === null ? Decoration.none : Decoration.set(
          Decoration.line({ class: "failed" }).range(transaction.state.doc.line(effect.value).from));
    return marks;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** An editor in `parent`, a shadow root: the page's policy forbids style elements. */
export function edit({ parent, text, label, onChange, onRun }) {
  const run = () => (onRun(), true);
  const view = new EditorView({
    parent,
    root: parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        keymap.of([{ key: "Shift-Enter", run }, { key: "Mod-Enter", run }]),
        history(), drawSelection(), indentOnInput(), bracketMatching(),
        indentUnit.of("    "), EditorState.tabSize.of(4),
        python(), syntaxHighlighting(highlighting), theme, failed,
        keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
        EditorView.contentAttributes.of({ "aria-label": label }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) onChange(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    focus: () => view.focus(),
    close: () => view.destroy(),
    /** Marks the line an error is on; null unmarks. */
    mark(line) {
      const known = line !== null && line <= view.state.doc.lines;
      view.dispatch({ effects: fail.of(known ? line : null) });
    },
  };
}
