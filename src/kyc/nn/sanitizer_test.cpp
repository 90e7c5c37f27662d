// Read by LeakSanitizer if the tests are built with it.

// ONNX Runtime keeps a few bytes of its own until the process ends (14 at the first session, 152 for some
// damaged models): not ours to free. Everything else that leaks is.
extern "C" const char*
__lsan_default_suppressions();  // NOLINT(bugprone-reserved-identifier,readability-identifier-naming)

extern "C" const char*
__lsan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier,readability-identifier-naming)
  return "leak:libonnxruntime.so\n";
}
