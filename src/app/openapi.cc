#include "app/api_routes.h"
#include "app/command_line/reference.h"
#include "app/commands.h"

namespace remit::app {

void add_documents(CLI::App& program, int& exit) {
  const auto add = [&](const char* name, const char* help, auto write) {
    program.add_subcommand(name, help)->callback([write, &exit] {
      print(write());
      exit = 0;
    });
  };
  add("openapi", "Prints the OpenAPI 3.1 document of the API (docs/openapi.json).",
      [] { return ApiDescription().openapi(); });
  add("asyncapi", "Prints the AsyncAPI 3.0 document of the events (docs/asyncapi.json).",
      [] { return asyncapi(); });
  add("errors", "Prints the catalogue of problems in Markdown (docs/errors.md).",
      [] { return ApiDescription().errors(); });
  add("reference", "Prints the reference of the command line in Markdown (docs/command-line.md).",
      [&program] { return command_line_reference(command_tree(program)); });
}

}  // namespace remit::app
