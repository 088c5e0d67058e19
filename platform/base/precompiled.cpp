// Gives the precompiled header a target to belong to.
#include "platform/base/precompiled.hpp"
