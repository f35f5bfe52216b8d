"use strict";

const dark = matchMedia("(prefers-color-scheme: dark)");

function showColours() {
  document.documentElement.classList.toggle("dark-mode", dark.matches);
}

showColours();
dark.addEventListener("change", showColours);

/* The link to an operation would be within the button that opens it. Opening it shows its address, too. */
const withoutNestedLinks = () => ({
  wrapComponents: { DeepLink: (Original, { React }) => ({ text }) => React.createElement("span", null, text) },
});

/* The page is a client of the authorisation server, and its address is the id. */
const page = location.origin + location.pathname;

const ui = SwaggerUIBundle({
  /* Relative, because the server may be below a path of a proxy. */
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  plugins: [withoutNestedLinks],
  oauth2RedirectUrl: `${page}/oauth2-redirect.html`,
  persistAuthorization: false,
  tryItOutEnabled: false,
});

ui.initOAuth({ clientId: page, scopes: "notes:read", usePkceWithAuthorizationCodeGrant: true });
