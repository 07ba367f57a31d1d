package report

import "reflect"

// Masker hides secrets. internal/redact makes one.
type Masker interface {
	String(s string) string
	Bytes(b []byte) []byte
	Headers(lines [][2]string) [][2]string
}

// Mask hides secrets in every text of the report, in place: names, and what consumers answered and
// logged, included. A run masks its report before it returns it.
func (r *Report) Mask(m Masker) { mask(m, reflect.ValueOf(r).Elem()) }

// mask walks the fields, so that a field added later is masked as well.
func mask(m Masker, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(m.String(v.String()))
	case reflect.Pointer:
		if !v.IsNil() {
			mask(m, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() { // time.Time holds no text
				mask(m, v.Field(i))
			}
		}
	case reflect.Slice:
		switch list := v.Interface().(type) {
		case [][2]string:
			if list != nil {
				v.Set(reflect.ValueOf(m.Headers(list)))
			}
		case []byte:
			if list != nil {
				v.SetBytes(m.Bytes(list))
			}
		default:
			for i := range v.Len() {
				mask(m, v.Index(i))
			}
		}
	}
}
