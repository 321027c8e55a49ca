// What zui does at its start: the place from the address, and a question about logins.
fetch("/v2/_zot/ext/mgmt")
  .then((response) => response.json())
  .then((management) => {
    const place = decodeURIComponent(window.location.pathname);
    document.getElementById("place").textContent = `at ${place} with ${JSON.stringify(management.http.auth)}`;
  });
