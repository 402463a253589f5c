"""Values of header fields: cookies, parameters, lists with weights, ranges, dates, entity tags."""
