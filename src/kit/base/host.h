#pragma once

#include "kit/base/time.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace remit {

/// Something that owns an inbox and does its work in steps. In production a Host gives it a named
/// thread of its own; in simulation the simulator calls `step` in virtual time. A component never
/// blocks on anything but its own driver, and waits only through Timers.
class Component {
 public:
  virtual ~Component() = default;
  /// The name of its thread and of its metrics; at most 15 characters.
  virtual std::string name() const = 0;
  /// Does a bounded amount of work. Returns true when more is waiting, so that it is called again
  /// without a wake.
  virtual bool step() = 0;
  /// When the machine is short of time, others go first: what can be late, such as lists.
  virtual bool gives_way() const { return false; }
};

/// Calls back later. A callback runs on the thread (or in the simulated turn) that the driver says;
/// it must be short: put something in an inbox and wake its owner.
class Timers {
 public:
  using Id = std::uint64_t;
  virtual ~Timers() = default;
  virtual Id after(Duration delay, std::move_only_function<void()> callback) = 0;
  /// False when it has already run or is running.
  virtual bool cancel(Id id) = 0;
};

/// Where components run. The only maker of threads besides the drivers of blocking libraries.
class Host {
 public:
  virtual ~Host() = default;
  /// Starts to step the component. It must outlive `detach`.
  virtual void attach(Component& component) = 0;
  /// Returns after the component's last step has ended. Not to be called from a step of the same
  /// component.
  virtual void detach(Component& component) = 0;
  /// The component has work. Thread safe, cheap, never blocks; may be called from anywhere, before
  /// attach as well.
  virtual void wake(Component& component) = 0;
  virtual Timers& timers() = 0;
  virtual Clock& clock() = 0;
};

/// Threads and the system's clock: one named thread per component and one for timers.
std::unique_ptr<Host> make_thread_host(Clock& clock);

}  // namespace remit
