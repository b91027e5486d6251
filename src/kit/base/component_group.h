#pragma once

#include "kit/base/host.h"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace remit {

/// Many components on one thread: a Host to them, one component to its own host. For what there may be hundreds of, such as
/// one flow per webhook endpoint, each of which does little. One that steps for long holds the others up.
class ComponentGroup final : public Component, public Host {
 public:
  /// `name` is of the thread. The host must outlive the group.
  ComponentGroup(std::string name, Host& host);
  /// Everything must be detached by then.
  ~ComponentGroup() override;
  ComponentGroup(const ComponentGroup&) = delete;
  ComponentGroup& operator=(const ComponentGroup&) = delete;

  void attach(Component& component) override;
  /// May also be called from a step of another component of the group.
  void detach(Component& component) override;
  void wake(Component& component) override;
  Timers& timers() override { return host_.timers(); }
  Clock& clock() override { return host_.clock(); }

  std::string name() const override { return name_; }
  /// Gives every component that was ready one turn.
  bool step() override;

 private:
  struct Seat {
    Component* component;
    bool ready;
  };
  Seat* seat_of(const Component& component);

  const std::string name_;
  Host& host_;
  std::mutex mutex_;
  std::condition_variable stepped_;
  std::vector<Seat>
      seats_;  ///< In the order of attaching, so that the same calls give the same run.
  Component* stepping_ = nullptr;
  std::thread::id thread_;  ///< That steps now.
};

}  // namespace remit
