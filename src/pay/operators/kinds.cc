#include "pay/operators/act.h"

namespace remit::operators {

void register_kinds(engine::Registry& registry) {
  registry.entity<Act>();
  registry.event<ActRecorded>();
  registry.command<RecordAct>();
}

}  // namespace remit::operators
