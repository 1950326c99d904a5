// Package stir verifies and makes the signatures that vouch for callers:
// Identity headers (RFC 8224) with PASSporTs (RFC 8225) of the profile SHAKEN
// (RFC 8588, ATIS-1000074) and the certificates behind them (RFC 8226).
// Certificates are fetched by a bounded number of workers and remembered for
// as long as their servers say.
package stir
