// When to show a card again: FSRS, as Anki schedules.
export { createEmptyCard, fsrs, Rating } from "ts-fsrs";
