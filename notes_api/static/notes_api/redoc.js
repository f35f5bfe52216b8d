"use strict";

const font = { fontFamily: "system-ui, sans-serif" };

Redoc.init(
  "/openapi.json",
  { disableSearch: false, theme: { typography: { ...font, headings: font } } },
  document.getElementById("redoc"),
);
