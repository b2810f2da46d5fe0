// What the pages of the panel can do where scripts run. Without them everything works as well: links
// and forms lead to whole pages.
"use strict";

// Tells those who hear the page what has happened.
function announce(text) {
  const status = document.getElementById("announce");
  status.textContent = "";
  setTimeout(() => { status.textContent = text; }, 50);
}

// Tells everybody that something did not work.
function trouble(text) {
  document.getElementById("trouble").textContent = text;
}

// Shows what is of use only where scripts run, and hides the button of a search that answers while it is
// entered.
function unhide() {
  for (const element of document.querySelectorAll("[data-copy], [data-copy-from], [data-all]")) element.hidden = false;
  for (const element of document.querySelectorAll("[data-unscripted]")) element.hidden = Boolean(window.htmx);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByHand(text); // no permission, or a page without TLS
  }
}

function copyByHand(text) {
  const area = document.createElement("textarea");
  area.className = "unseen";
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button || button.dataset.busy) return;
  const from = document.getElementById(button.dataset.copyFrom);
  const done = await copy(from ? from.textContent : button.dataset.copy);
  button.focus();
  trouble(done ? "" : "The browser does not allow to copy. Select the text and copy it yourself.");
  if (!done) return;
  announce(button.dataset.copied);
  const words = [...button.childNodes];
  button.dataset.busy = "1";
  button.replaceChildren("Copied");
  setTimeout(() => {
    button.replaceChildren(...words);
    delete button.dataset.busy;
  }, 2000);
});

// The list of sessions: how many are chosen, and all of a page at once.
function count(form) {
  const boxes = [...form.querySelectorAll("tbody input[type=checkbox]")];
  const chosen = boxes.filter((box) => box.checked).length;
  const all = form.querySelector("[data-all]");
  all.checked = boxes.length > 0 && chosen === boxes.length;
  all.indeterminate = chosen > 0 && chosen < boxes.length;
  const button = form.querySelector("[data-selected]");
  button.textContent = chosen > 0 ? `${button.dataset.selected} (${chosen})` : button.dataset.selected;
  button.disabled = chosen === 0;
}

function countAll() {
  for (const form of document.querySelectorAll("form.selection")) count(form);
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("form.selection");
  if (!form) return;
  if (event.target.matches("[data-all]")) {
    for (const box of form.querySelectorAll("tbody input[type=checkbox]")) box.checked = event.target.checked;
  }
  count(form);
});

unhide();
countAll();
addEventListener("pageshow", countAll); // a page that the browser kept has its boxes as they were

// Loading the answer to a form again would send the form again: make another key, or write to the audit
// log that somebody tried to delete what is gone.
const answered = document.querySelector("[data-address]");
if (answered) history.replaceState(history.state, "", answered.dataset.address);

// What htmx asks for, and what it does with the answers.
if (window.htmx) {
  // htmx can make functions of the texts of some attributes. No page has any, and the policy of the
  // pages forbids it; here it is taken from htmx as well.
  const refuse = function () { throw new Error("texts are not evaluated"); };
  htmx.registerExtension("admin", { init: (api) => api.initSecurity(null, refuse, refuse) });
}

// What is not filled in is left out of the address.
document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  for (const [name, value] of [...ctx.request.body]) if (value === "") ctx.request.body.delete(name);
});

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => ctx.target.setAttribute("aria-busy", "true"));

document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => ctx.target?.removeAttribute("aria-busy"));

// A whole page, or no page at all, in place of a part of one is a refusal: nobody is signed in any
// more, or something went wrong. The reader gets to see it by going there.
document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  trouble("");
  if (ctx.hx.redirect || ctx.hx.refresh || ctx.hx.location) return;
  const html = ctx.response.headers.get("Content-Type")?.startsWith("text/html");
  if (html && !/^\s*<!doctype/i.test(ctx.text)) return;
  event.preventDefault();
  location.assign(ctx.request.action);
});

document.addEventListener("htmx:error", () => trouble("The service did not answer. Look at your connection and try again."));

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  unhide();
  countAll();
  if (ctx.target.id === "results") {
    announce(ctx.target.querySelector("[data-announce], h2")?.textContent ?? "");
    return;
  }
  const parts = document.querySelectorAll("ol[data-part]");
  const part = parts[parts.length - 1];
  part.tabIndex = -1;
  part.focus({ preventScroll: true });
  announce(part.getAttribute("aria-label"));
});
