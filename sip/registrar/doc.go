// Package registrar is the location service for telephones (RFC 3261 §10.3):
// which user is to be found at which contacts. It has no socket and no clock;
// who has proved to be whom is decided before it is asked.
package registrar
