"use strict";

const dark = matchMedia("(prefers-color-scheme: dark)");
const font = { fontFamily: "system-ui, sans-serif" };
const lightColours = { typography: { ...font, headings: font } };
const darkColours = {
  typography: { ...lightColours.typography, code: { color: "#ffb0a9", backgroundColor: "#2a3038" } },
  colors: {
    primary: { main: "#7db8f5" },
    success: { main: "#6fce8f" },
    error: { main: "#ff9b93" },
    text: { primary: "#e6e8eb", secondary: "#b5bcc5" },
    border: { dark: "#4a525c", light: "#343b44" },
    responses: {
      success: { color: "#8fdcab", backgroundColor: "#1c2f26" },
      error: { color: "#ffb0a9", backgroundColor: "#3a2224" },
      redirect: { color: "#f1d58a", backgroundColor: "#332d1c" },
      info: { color: "#9ecbff", backgroundColor: "#1d2a3a" },
    },
  },
  schema: { nestedBackground: "#1e2329", typeNameColor: "#b5bcc5", typeTitleColor: "#b5bcc5", requireLabelColor: "#ff9b93" },
  sidebar: { backgroundColor: "#1e2329", textColor: "#e6e8eb" },
  rightPanel: { backgroundColor: "#0d1014", textColor: "#e6e8eb" },
  codeBlock: { backgroundColor: "#1e2329" },
};

/* Redoc's only image is its maker's logo, from another host. The policy of the page blocks it, and the browser would
   report an error. */
HTMLImageElement.prototype.setAttribute = function (name, value) {
  if (name !== "src") Element.prototype.setAttribute.call(this, name, value);
};
Object.defineProperty(HTMLImageElement.prototype, "src", { set() {} });

function showColours() {
  Redoc.init(
    /* Relative, because the server may be below a path of a proxy. */
    "openapi.json",
    { hideSchemaPattern: true, theme: dark.matches ? darkColours : lightColours },
    document.getElementById("redoc"),
  );
}

showColours();
dark.addEventListener("change", showColours);
