#include "pay/operators/act.h"

namespace remit::operators {

void evolve(engine::Changes& changes, const ActRecorded& event, const engine::EventContext& at) {
  changes.change<Act>(at.stream) = {.id = at.stream, .what = event.what};
}

Result<Act> decide(engine::View& view, const RecordAct& command) {
  if (const Act* known = view.find<Act>(command.id)) return *known;
  view.emit(command.id, ActRecorded{command.what, command.detail.substr(0, kActDetailBytesMax)});
  return view.get<Act>(command.id);
}

}  // namespace remit::operators
