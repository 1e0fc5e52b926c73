// Renders a chart as Helm does: text/template with sprig, and what of Helm's own functions the chart uses.
// On stdin: { "chart": folder, "namespace": "...", "values": {...} }. On stdout: text by template.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"sigs.k8s.io/yaml"
)

type files string

func (dir files) Get(name string) string {
	return string(must(os.ReadFile(filepath.Join(string(dir), name))))
}

func must[T any](value T, err error) T {
	if err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
	return value
}

func main() {
	var in struct {
		Chart     string         `json:"chart"`
		Namespace string         `json:"namespace"`
		Values    map[string]any `json:"values"`
	}
	must(0, json.NewDecoder(os.Stdin).Decode(&in))
	// The chart's values have no depth but `config`, which is empty there: nothing to merge below the top.
	values := map[string]any{}
	must(0, yaml.Unmarshal(must(os.ReadFile(filepath.Join(in.Chart, "values.yaml"))), &values))
	for name, value := range in.Values {
		values[name] = value
	}
	functions := sprig.TxtFuncMap()
	functions["toYaml"] = func(value any) (string, error) {
		text, err := yaml.Marshal(value)
		return strings.TrimSuffix(string(text), "\n"), err
	}
	functions["fromYaml"] = func(text string) (map[string]any, error) {
		value := map[string]any{}
		return value, yaml.Unmarshal([]byte(text), &value)
	}
	functions["required"] = func(message string, value any) (any, error) {
		if value == nil || value == "" {
			return nil, errors.New(message)
		}
		return value, nil
	}
	data := map[string]any{
		"Values":  values,
		"Files":   files(in.Chart),
		"Release": map[string]any{"Namespace": in.Namespace},
	}
	out := map[string]string{}
	for _, file := range must(filepath.Glob(filepath.Join(in.Chart, "templates", "*"))) {
		name := filepath.Base(file)
		parsed := must(template.New(name).Option("missingkey=zero").Funcs(functions).Parse(string(must(os.ReadFile(file)))))
		var text bytes.Buffer
		must(0, parsed.Execute(&text, data))
		out[name] = text.String()
	}
	must(0, json.NewEncoder(os.Stdout).Encode(out))
}
