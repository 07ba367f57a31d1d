package openapi

import (
	"encoding/json"
	"slices"
	"strings"
)

// lifelike says what a property's name tells of its values, where its schema says no more than the type:
// property name, in lower case without separators, and type → x-gen.
var lifelike = map[string]map[string]any{
	"string": {
		"id": "id.token", "nodeid": "id.token", "uuid": "id.uuid", "guid": "id.uuid", "token": "id.token", "sha": "id.hex", "hash": "id.hex",
		"firstname": "person.first_name", "lastname": "person.last_name", "fullname": "person.name", "customername": "person.name",
		"login": "person.username", "username": "person.username", "email": "person.email", "emailaddress": "person.email",
		"phone": "phone.e164", "phonenumber": "phone.e164", "mobile": "phone.e164",
		"company": "company.name", "companyname": "company.name", "organization": "company.name",
		"title": "text.title", "subject": "text.title", "description": "text.sentence", "comment": "text.sentence", "note": "text.sentence",
		"text": "text.chat", "message": "text.chat", "body": "text.chat", "label": "text.label",
		"url": "url.https", "link": "url.https", "href": "url.https", "address": "geo.address",
		"createdat": "time.iso", "updatedat": "time.iso", "timestamp": "time.iso", "occurredat": "time.iso",
	},
	"integer": {
		"id":      object{{"gen", "id.digits"}, {"length", json.Number("9")}}, // fits 32 bits
		"created": "time.unix", "createdat": "time.unix", "updated": "time.unix", "updatedat": "time.unix",
		"timestamp": "time.unix", "time": "time.unix", "occurredat": "time.unix",
	},
}

// silent are the keywords beside which a property's name may say more.
var silent = map[string]bool{"type": true, "description": true, "title": true, "example": true, "examples": true, "format": true,
	"readOnly": true, "writeOnly": true, "nullable": true, "minimum": true, "deprecated": true}

// suited gives each property what its name tells of its values.
func (o object) suited() object {
	all := object{}
	for _, m := range o {
		if schema, isObject := m.value.(object); isObject {
			m.value = suited(m.name, schema)
		}
		all = append(all, m)
	}
	return all
}

func suited(name string, schema object) object {
	kind := schema.text("type")
	if list, _ := schema.get("type").([]any); len(list) > 0 {
		kind = textOf(list[0])
	}
	for _, m := range schema {
		if !silent[m.name] || m.name == "format" && kind == "string" {
			return schema
		}
	}
	plain := strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(name))
	if gen := lifelike[kind][plain]; gen != nil {
		return append(slices.Clip(schema), member{"x-gen", gen})
	}
	return schema
}
