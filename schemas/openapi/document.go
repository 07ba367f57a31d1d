package openapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/pb33f/libopenapi"
	"github.com/pb33f/libopenapi/datamodel"
	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"
)

// read lets libopenapi read a document, JSON or YAML, without following anything outside it. The
// caller releases what libopenapi keeps.
func read(text []byte) (model *v3.Document, release func(), err error) {
	config := datamodel.NewDocumentConfiguration()
	config.Logger = slog.New(slog.NewTextHandler(io.Discard, nil)) // its own would write to stdout
	config.SkipExternalRefResolution = true
	document, err := libopenapi.NewDocumentWithConfiguration(text, config)
	if err != nil {
		return nil, nil, fmt.Errorf("read OpenAPI document: %w", lineError{err})
	}
	built, err := document.BuildV3Model()
	if err != nil {
		document.Release()
		return nil, nil, fmt.Errorf("read OpenAPI document: %w", lineError{err})
	}
	if built == nil {
		document.Release()
		return nil, nil, errors.New("read OpenAPI document: it holds no OpenAPI 3 model")
	}
	return &built.Model, document.Release, nil
}

// lineError is an error of libopenapi, which joins several with line breaks, on one line.
type lineError struct{ error }

func (e lineError) Error() string { return strings.ReplaceAll(e.error.Error(), "\n", "; ") }

func (e lineError) Unwrap() error { return e.error }

// tree reads JSON or YAML text as ordered objects.
func tree(text []byte) (object, error) {
	if !json.Valid(text) {
		converted, err := yaml.YAMLToJSON(text)
		if err != nil {
			return nil, fmt.Errorf("read document: %w", err)
		}
		text = converted
	}
	value, err := decode(text)
	if err != nil {
		return nil, fmt.Errorf("read document: %w", err)
	}
	root, isObject := value.(object)
	if !isObject {
		return nil, errors.New("read document: it is not an object")
	}
	return root, nil
}
