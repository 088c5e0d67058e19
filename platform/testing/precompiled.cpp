// Stands for its target, so that the header is compiled.
#include "platform/testing/precompiled.hpp"
