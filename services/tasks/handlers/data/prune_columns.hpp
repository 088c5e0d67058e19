// Leaves out of a chain the columns that no step needs: they are then neither parsed nor sorted along.
#pragma once

#include "services/tasks/handlers/data/bound_steps.hpp"

namespace esm::tasks::data {

// Sets what is wanted of the input's columns, which are the first slots of the first segment.
void prune_columns(bound_chain& chain, std::size_t input_columns);

}  // namespace esm::tasks::data
