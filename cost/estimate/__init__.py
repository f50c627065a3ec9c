"""What an environment costs a month: what it declares, times what is assumed, times what AWS asks for."""
