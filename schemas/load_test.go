package schemas_test

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/hookrig/hookrig/schemas"
)

var update = flag.Bool("update", false, "rewrite the expectations in testdata")

// Each file of testdata/folders is a folder: what is wrong with it, an empty line, what the loader
// says, the files.
func TestLoadFolders(t *testing.T) {
	files, err := filepath.Glob("testdata/folders/*.txtar")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d folders, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			about, want, _ := strings.Cut(string(archive.Comment), "\n\n")
			_, err = schemas.Load(folderOf(archive))
			got := "loads"
			if err != nil {
				got = err.Error()
				checkProblems(t, err)
			}
			if *update {
				archive.Comment = []byte(about + "\n\n" + got + "\n")
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(strings.TrimSpace(want), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", about, diff)
			}
		})
	}
}

func folderOf(archive *txtar.Archive) fs.FS {
	folder := fstest.MapFS{}
	for _, file := range archive.Files {
		folder[file.Name] = &fstest.MapFile{Data: []byte(strings.TrimSuffix(string(file.Data), "\n"))}
	}
	return folder
}

func checkProblems(t *testing.T, err error) {
	t.Helper()
	var folder *schemas.FolderError
	if !errors.As(err, &folder) || len(folder.Problems) == 0 {
		t.Fatalf("Load = %T %v, want a *FolderError with problems", err, err)
	}
	for _, p := range folder.Problems {
		if p.File == "" || p.Message == "" {
			t.Errorf("incomplete problem %+v", p)
		}
	}
}

// folder is a fine provider folder to change.
func folder(t testing.TB) fstest.MapFS {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/folders/good.txtar")
	if err != nil {
		t.Fatal(err)
	}
	return folderOf(archive).(fstest.MapFS)
}

func TestLoadRefusesOddFiles(t *testing.T) {
	tests := []struct {
		name   string
		change func(folder fstest.MapFS)
		want   string
	}{
		{"UTF-16", func(f fstest.MapFS) { f["provider.json"].Data = []byte("\xff\xfe{\x00}\x00") }, "provider.json: is UTF-16"},
		{"not UTF-8", func(f fstest.MapFS) { f["examples/order.created.json"].Data = []byte("{\"id\":\"\xff\"}") }, "examples/order.created.json: holds bytes that are not UTF-8"},
		{"binary", func(f fstest.MapFS) { f["provider.json"].Data = []byte("\x00\x01\x02") }, "provider.json: not JSON: line 1"},
		{"a folder for a file", func(f fstest.MapFS) {
			delete(f, "provider.json")
			f["provider.json/x"] = &fstest.MapFile{}
		}, "provider.json: is a folder, want a file"},
		{"too large", func(f fstest.MapFS) { f["examples/order.created.json"].Data = make([]byte, 9<<20) }, "examples/order.created.json: is larger than 8388608 bytes"},
		{"CRLF is fine", func(f fstest.MapFS) {
			f["provider.json"].Data = []byte(strings.ReplaceAll(string(f["provider.json"].Data), "\n", "\r\n"))
		}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			changed := folder(t)
			test.change(changed)
			_, err := schemas.Load(changed)
			if test.want == "" {
				if err != nil {
					t.Errorf("Load = %v, want nil", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Load = %v, want %q", err, test.want)
			}
		})
	}
}

func TestLoadReportsUnreadable(t *testing.T) {
	_, err := schemas.Load(unreadable{folder(t)})
	if err == nil || !strings.Contains(err.Error(), "provider.json: permission denied") {
		t.Errorf("Load = %v, want permission denied", err)
	}
	_, err = schemas.Load(os.DirFS(filepath.Join(t.TempDir(), "nowhere")))
	if err == nil || !strings.Contains(err.Error(), "provider.json: is missing") {
		t.Errorf("Load(nowhere) = %v", err)
	}
}

// unreadable is a folder whose files may not be read.
type unreadable struct{ fs.FS }

func (unreadable) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
}

func TestLoadCompletesFromTheParent(t *testing.T) {
	parent := builtin(t, "watsi")
	text, err := fs.ReadFile(parent.Files(), "provider.json")
	if err != nil {
		t.Fatal(err)
	}
	child := strings.Replace(string(text), `"name": "watsi",`, `"name": "watsi-slow", "extends": "watsi",`, 1)
	child = strings.Replace(child, `"timeout_seconds": 10`, `"timeout_seconds": 60`, 1)
	catalog, err := schemas.Load(fstest.MapFS{"provider.json": {Data: []byte(child)}})
	if err != nil {
		t.Fatal(err)
	}
	if len(catalog.Events()) != 6 || catalog.Provider.Policy.TimeoutSeconds != 60 || catalog.Provider.Name != "watsi-slow" {
		t.Errorf("child = %d events, %+v", len(catalog.Events()), catalog.Provider.Policy)
	}
	if catalog.Digest() == parent.Digest() {
		t.Error("child and parent have the same digest")
	}
}
