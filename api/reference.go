package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
)

// Reference is the description of the API for a page: flat, with every $ref
// resolved.
type Reference struct {
	Description string
	Groups      []Group
}

// Group is the calls of one tag.
type Group struct {
	Name, Description string
	Calls             []Call
}

// Call is one method of one path.
type Call struct {
	ID, Method, Path     string
	Summary, Description string
	Keyed                bool // it needs a key
	Parameters           []Field
	Body                 []Field
	Example              string // body, as JSON
	Answers              []Answer
	Fields               []Field // of the answer with a status of 2xx
}

// Field is a parameter, or a field of a JSON object. The name of a nested field
// is its path, such as status.level or countries[].country.
type Field struct {
	Name, In, Type, Description string
	Required                    bool
	Values                      []string
}

// Answer is a status code and its description.
type Answer struct{ Code, Description string }

// document is the part of openapi.yaml that a Reference needs.
type document struct {
	Info       struct{ Description string }
	Tags       []struct{ Name, Description string }
	Paths      yaml.MapSlice
	Components map[string]yaml.MapSlice
}

// NewReference returns the Reference of openapi.yaml. The error is a fault of the
// file.
func NewReference() (*Reference, error) {
	var d document
	if err := yaml.UnmarshalWithOptions(Description, &d, yaml.UseOrderedMap()); err != nil {
		return nil, fmt.Errorf("read the description of the API: %w", err)
	}
	r := &Reference{Description: d.Info.Description}
	for _, tag := range d.Tags {
		r.Groups = append(r.Groups, Group{Name: tag.Name, Description: tag.Description})
	}
	for _, path := range d.Paths {
		item, _ := path.Value.(yaml.MapSlice)
		for _, operation := range item {
			if method := strings.ToUpper(text(operation.Key)); method == "GET" || method == "POST" || method == "DELETE" {
				call, tag := d.call(method, text(path.Key), at(item, "parameters"), operation.Value)
				for i := range r.Groups {
					if r.Groups[i].Name == tag {
						r.Groups[i].Calls = append(r.Groups[i].Calls, call)
					}
				}
			}
		}
	}
	return r, nil
}

// call returns the call of an operation and its tag. Shared are the parameters of
// its path.
func (d *document) call(method, path string, shared, node any) (c Call, tag string) {
	c = Call{ID: text(at(node, "operationId")), Method: method, Path: path, Summary: text(at(node, "summary")), Description: text(at(node, "description"))}
	for _, list := range []any{shared, at(node, "parameters")} {
		for _, one := range items(list) {
			p := d.follow(one)
			f := d.field(text(at(p, "name")), d.follow(at(p, "schema")))
			f.In, f.Description, f.Required = text(at(p, "in")), text(at(p, "description")), at(p, "required") == true
			c.Parameters = append(c.Parameters, f)
		}
	}
	security := items(at(node, "security"))
	c.Keyed = len(security) == 1
	body := at(at(d.follow(at(node, "requestBody")), "content"), "application/json")
	c.Body = d.fields("", at(body, "schema"), 0)
	if examples, _ := at(body, "examples").(yaml.MapSlice); len(examples) > 0 {
		c.Example = asJSON(at(examples[0].Value, "value"))
	}
	answers, _ := at(node, "responses").(yaml.MapSlice)
	for _, one := range answers {
		answer, code := d.follow(one.Value), text(one.Key)
		c.Answers = append(c.Answers, Answer{code, text(at(answer, "description"))})
		if strings.HasPrefix(code, "2") {
			c.Fields = d.fields("", at(at(at(answer, "content"), "application/json"), "schema"), 0)
		}
	}
	if tags := items(at(node, "tags")); len(tags) > 0 {
		tag = text(tags[0])
	}
	return c, tag
}

// maxDepth is how many levels of nested objects a Reference shows.
const maxDepth = 3

// fields returns the fields of an object and of the objects in it. Within is the
// path of the object, depth the number of objects around it.
func (d *document) fields(within string, schema any, depth int) []Field {
	schema = d.follow(schema)
	required := map[string]bool{}
	for _, name := range items(at(schema, "required")) {
		required[text(name)] = true
	}
	properties, _ := at(schema, "properties").(yaml.MapSlice)
	var all []Field
	for _, p := range properties {
		name, value := text(p.Key), d.follow(p.Value)
		f := d.field(within+name, value)
		f.Required = required[name]
		all = append(all, f)
		if depth+1 == maxDepth {
			continue
		}
		inner, mark := value, "."
		if element := at(value, "items"); element != nil {
			inner, mark = d.follow(element), "[]."
		}
		all = append(all, d.fields(within+name+mark, inner, depth+1)...)
	}
	return all
}

// field returns the field of one schema.
func (d *document) field(name string, schema any) Field {
	f := Field{Name: name, Type: text(at(schema, "type")), Description: text(at(schema, "description"))}
	if format := text(at(schema, "format")); format != "" && f.Type == "string" {
		f.Type = format
	}
	if f.Type == "array" {
		f.Type = text(at(d.follow(at(schema, "items")), "type")) + "[]"
	}
	for _, list := range []string{"enum", "x-extensible-enum"} {
		for _, value := range items(at(schema, list)) {
			f.Values = append(f.Values, text(value))
		}
	}
	return f
}

// follow returns the node that a $ref points to, or node itself.
func (d *document) follow(node any) any {
	path, found := strings.CutPrefix(text(at(node, "$ref")), "#/components/")
	if !found {
		if all := items(at(node, "allOf")); len(all) == 1 { // a reference with a description of its own
			return d.follow(all[0])
		}
		return node
	}
	kind, name, _ := strings.Cut(path, "/")
	return d.follow(at(d.Components[kind], name))
}

// at returns the value of a key of a map, or nil.
func at(node any, key string) any {
	m, _ := node.(yaml.MapSlice)
	for _, item := range m {
		if text(item.Key) == key {
			return item.Value
		}
	}
	return nil
}

// items returns the items of a list, or nil.
func items(node any) []any {
	list, _ := node.([]any)
	return list
}

// text returns a scalar as text.
func text(node any) string {
	if node == nil {
		return ""
	}
	return fmt.Sprint(node)
}

// asJSON returns an example as compact JSON.
func asJSON(node any) string {
	written, err := yaml.MarshalWithOptions(node, yaml.JSON())
	if err != nil {
		return ""
	}
	var short bytes.Buffer
	if err := json.Compact(&short, written); err != nil {
		return ""
	}
	return short.String()
}
