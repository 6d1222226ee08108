/// <reference lib="dom" />
// What tests evaluate in a page, and what Node has of the browser's names.
