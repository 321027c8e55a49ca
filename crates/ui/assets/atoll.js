"use strict";

// Rows of one page of a list.
const ROWS = 25;
// Tries of one question, and milliseconds between them.
const ATTEMPTS = 6;
const WAIT = 1000;
const SEARCH = "/v2/_zot/ext/search";

const main = document.getElementById("main");
const status = document.getElementById("status");

let notes = [];

/** Tells what is shown, and what is wrong with it. */
function say(text) {
  status.textContent = [text, ...notes].join(" — ");
}

/** Asks the search; waits a little for a server that cannot answer yet. */
async function send(body) {
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(SEARCH, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body,
    });
    if (response.status !== 503 || attempt === ATTEMPTS) {
      return response;
    }
    status.textContent = "The registry cannot answer this yet…";
    await new Promise((resolve) => setTimeout(resolve, WAIT));
  }
}

/** The data of the search's answer. */
async function ask(query, variables) {
  const response = await send(JSON.stringify({ query, variables }));
  const answer = await response.json().catch(() => ({}));
  if (!answer.data) {
    const reasons = (answer.errors || []).map((error) => error.message);
    throw new Error(reasons.join("; ") || `The registry answered with status ${response.status}.`);
  }
  // Errors beside data: something is missing or wrong in what is shown.
  notes = (answer.errors || []).map((error) => error.message);
  return answer.data;
}

/** Makes an element; text is never read as HTML. */
function element(name, attributes, ...content) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    made.setAttribute(key, value);
  }
  made.append(...content.filter((part) => part !== null && part !== undefined));
  return made;
}

function link(href, text) {
  return element("a", { href }, text);
}

function repositoryAddress(name) {
  return `/image/${encodeURIComponent(name)}`;
}

function imageAddress(name, tag) {
  return `${repositoryAddress(name)}/tag/${encodeURIComponent(tag)}`;
}

function size(text) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let bytes = Number(text || 0);
  let unit = 0;
  while (bytes >= 1024 && unit < units.length - 1) {
    bytes /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? bytes : bytes.toFixed(1)} ${units[unit]}`;
}

function day(text) {
  return text ? text.slice(0, 10) : "";
}

/** A table; the columns are pairs of title and class. */
function table(caption, columns, rows) {
  const head = columns.map(([title, kind]) => element("th", { scope: "col", class: kind || "" }, title));
  const body = rows.map((cells) =>
    element("tr", {}, ...cells.map((cell, index) => element("td", { class: columns[index][1] || "" }, cell ?? ""))),
  );
  const made = element(
    "table",
    { "aria-label": caption },
    element("thead", {}, element("tr", {}, ...head)),
    element("tbody", {}, ...body),
  );
  return element("div", { class: "scroll" }, made);
}

function show(title, ...content) {
  document.title = `${title} · Atoll`;
  main.replaceChildren(element("h1", {}, title), ...content);
}

/** Links to the pages before and after. */
function pager(words, page, total) {
  const address = (number) => `/explore?${new URLSearchParams({ search: words, page: String(number) })}`;
  const made = element("nav", { "aria-label": "Pages" });
  if (page > 1) {
    made.append(link(address(page - 1), "Previous"));
  }
  if (page * ROWS < total) {
    made.append(link(address(page + 1), "Next"));
  }
  return made;
}

const REPOSITORIES = `query ($words: String!, $limit: Int, $offset: Int) {
  GlobalSearch(query: $words, requestedPage: {limit: $limit, offset: $offset, sortBy: RELEVANCE}) {
    Page { TotalCount ItemCount }
    Repos { Name LastUpdated Size DownloadCount NewestImage { Tag } }
    Images { RepoName Tag LastUpdated Size DownloadCount }
  }
}`;

async function list(words, page) {
  const variables = { words, limit: ROWS, offset: (page - 1) * ROWS };
  const found = (await ask(REPOSITORIES, variables)).GlobalSearch;
  const total = found.Page ? found.Page.TotalCount : 0;
  const columns = [["Name"], ["Newest tag"], ["Updated"], ["Size", "number"], ["Pulls", "number"]];
  const rows = (found.Repos || []).map((repository) => {
    const newest = repository.NewestImage && repository.NewestImage.Tag;
    return [
      link(repositoryAddress(repository.Name), repository.Name),
      newest ? link(imageAddress(repository.Name, newest), newest) : "",
      day(repository.LastUpdated),
      size(repository.Size),
      String(repository.DownloadCount ?? ""),
    ];
  });
  for (const image of found.Images || []) {
    rows.push([
      link(repositoryAddress(image.RepoName), image.RepoName),
      link(imageAddress(image.RepoName, image.Tag), image.Tag),
      day(image.LastUpdated),
      size(image.Size),
      String(image.DownloadCount ?? ""),
    ]);
  }
  const title = words ? `Search for ${words}` : "Repositories";
  show(title, table(title, columns, rows), pager(words, page, total));
  say(total === 0 ? "Nothing is found." : `${total} found.`);
}

const REPOSITORY = `query ($name: String!) {
  ExpandedRepoInfo(repo: $name) {
    Images { Tag Digest LastUpdated Size DownloadCount Manifests { Platform { Os Arch } } }
    Summary { Name Size LastUpdated }
  }
}`;

function platforms(manifests) {
  const words = (manifests || [])
    .map((manifest) => [manifest.Platform && manifest.Platform.Os, manifest.Platform && manifest.Platform.Arch])
    .map((parts) => parts.filter(Boolean).join("/"))
    .filter(Boolean);
  return [...new Set(words)].join(", ");
}

async function repository(name) {
  const found = (await ask(REPOSITORY, { name })).ExpandedRepoInfo;
  const images = found.Images || [];
  const columns = [["Tag"], ["Platforms"], ["Updated"], ["Size", "number"], ["Pulls", "number"], ["Digest"]];
  const rows = images.map((image) => [
    link(imageAddress(name, image.Tag), image.Tag),
    platforms(image.Manifests),
    day(image.LastUpdated),
    size(image.Size),
    String(image.DownloadCount ?? ""),
    element("code", {}, image.Digest || ""),
  ]);
  show(name, table(`Tags of ${name}`, columns, rows));
  say(`${images.length} tags.`);
}

const IMAGE = `query ($image: String!) {
  Image(image: $image) {
    Digest MediaType Size LastUpdated IsSigned
    Manifests { Digest Size Platform { Os Arch } Layers { Digest Size } }
  }
}`;

async function image(name, tag) {
  const found = (await ask(IMAGE, { image: `${name}:${tag}` })).Image;
  const host = window.location.host;
  const rows = (found.Manifests || []).map((manifest) => [
    platforms([manifest]),
    element("code", {}, manifest.Digest),
    size(manifest.Size),
    String((manifest.Layers || []).length),
  ]);
  const title = `${name}:${tag}`;
  show(
    title,
    element("p", {}, link(repositoryAddress(name), `All tags of ${name}`)),
    element("pre", {}, `docker pull ${host}/${name}:${tag}`),
    element("p", {}, element("code", {}, found.Digest || ""), ` ${found.IsSigned ? "signed" : "not signed"}`),
    table(title, [["Platform"], ["Manifest"], ["Size", "number"], ["Layers", "number"]], rows),
  );
  say(`${size(found.Size)}, updated ${day(found.LastUpdated) || "at an unknown time"}.`);
}

/** What the address asks for. */
async function route() {
  const parts = window.location.pathname.split("/").slice(1).map(decodeURIComponent);
  const parameters = new URLSearchParams(window.location.search);
  if (parts[0] === "image" && parts[1] && parts[2] === "tag" && parts[3]) {
    return image(parts[1], parts[3]);
  }
  if (parts[0] === "image" && parts[1]) {
    return repository(parts[1]);
  }
  const words = (parameters.get("search") || "").trim();
  document.getElementById("search").value = words;
  return list(words, Math.max(1, Number.parseInt(parameters.get("page"), 10) || 1));
}

status.textContent = "Loading…";
route().catch((error) => {
  show("That did not work");
  status.textContent = error.message;
});
