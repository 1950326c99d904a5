package replay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
)

// plain returns v as what JSON knows: groups of fields that are not zero, lists,
// and single values. An error is its text.
func plain(v reflect.Value) (any, error) {
	if v.Type() == errorType {
		return strings.ToValidUTF8(v.Interface().(error).Error(), "\uFFFD"), nil
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return plain(v.Elem())
	case reflect.Struct:
		group := map[string]any{}
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() || v.Field(i).IsZero() && v.Field(i).Kind() != reflect.Pointer || isNil(v.Field(i)) {
				continue
			}
			value, err := plain(v.Field(i))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", f.Name, err)
			}
			group[f.Name] = value
		}
		return group, nil
	case reflect.Slice:
		list := []any{}
		for i := range v.Len() {
			value, err := plain(v.Index(i))
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, nil
	case reflect.Map:
		return v.Interface(), nil
	case reflect.String:
		return strings.ToValidUTF8(v.String(), "\uFFFD"), nil
	case reflect.Bool:
		return v.Bool(), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int(), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return v.Uint(), nil
	case reflect.Float32, reflect.Float64:
		return v.Float(), nil
	}
	return nil, fmt.Errorf("a %s cannot be written", v.Type())
}

func isNil(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Slice, reflect.Map, reflect.Func, reflect.Chan:
		return v.IsNil()
	}
	return false
}

var errorType = reflect.TypeFor[error]()

// write returns v as JSON.
func write(v any) (json.RawMessage, error) {
	p, err := plain(reflect.ValueOf(v))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(p); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

// read fills what into points to with what write has made. A field that is
// not known here is an error: the log was made by a machine that knows more.
func read(text json.RawMessage, into any) error {
	return fill(reflect.ValueOf(into).Elem(), text)
}

func fill(v reflect.Value, text json.RawMessage) error {
	if v.Type() == errorType {
		var s string
		if err := json.Unmarshal(text, &s); err != nil {
			return err
		}
		v.Set(reflect.ValueOf(errors.New(s)))
		return nil
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return fill(v.Elem(), text)
	case reflect.Struct:
		var group map[string]json.RawMessage
		if err := json.Unmarshal(text, &group); err != nil {
			return err
		}
		for name, value := range group {
			f, ok := v.Type().FieldByName(name)
			if !ok || !f.IsExported() || len(f.Index) > 1 {
				return fmt.Errorf("%s has no %s", v.Type(), name)
			}
			if err := fill(v.FieldByIndex(f.Index), value); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return nil
	case reflect.Slice:
		var list []json.RawMessage
		if err := json.Unmarshal(text, &list); err != nil {
			return err
		}
		v.Set(reflect.MakeSlice(v.Type(), len(list), len(list)))
		for i, value := range list {
			if err := fill(v.Index(i), value); err != nil {
				return err
			}
		}
		return nil
	}
	return plainValue(v, text)
}

// plainValue reads a single value, or a map of them: by their kind, since types
// may read themselves in other ways.
func plainValue(v reflect.Value, text json.RawMessage) error {
	var into reflect.Value
	switch v.Kind() {
	case reflect.String:
		into = reflect.ValueOf(new(string))
	case reflect.Bool:
		into = reflect.ValueOf(new(bool))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		into = reflect.ValueOf(new(int64))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		into = reflect.ValueOf(new(uint64))
	case reflect.Float32, reflect.Float64:
		into = reflect.ValueOf(new(float64))
	case reflect.Map:
		into = reflect.New(v.Type())
	default:
		return fmt.Errorf("a %s cannot be read", v.Type())
	}
	if err := json.Unmarshal(text, into.Interface()); err != nil {
		return err
	}
	v.Set(into.Elem().Convert(v.Type()))
	return nil
}
