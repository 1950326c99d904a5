package flow

import (
	"regexp"
	"strings"
)

// variable matches {{name}} and ${name}; both work everywhere
// (requirement V12).
var variable = regexp.MustCompile(`\{\{\s*([\pL_][\pL\pN_]*)\s*\}\}|\$\{\s*([\pL_][\pL\pN_]*)\s*\}`)

// expand puts the values of variables into text.
func expand(text string, vars map[string]string) string {
	if !strings.ContainsAny(text, "{") {
		return text
	}
	return variable.ReplaceAllStringFunc(text, func(m string) string {
		return vars[variableName(m)]
	})
}

func variableName(m string) string {
	return strings.Trim(m, "${} \t")
}

func variablesIn(text string) []string {
	var names []string
	for _, m := range variable.FindAllString(text, -1) {
		names = append(names, variableName(m))
	}
	return names
}
