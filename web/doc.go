// Package web is Parley's HTTP side: the API under /v1, described by OpenAPI,
// health and metrics, and a small set of pages. The web console will stand in
// web/console.
package web
