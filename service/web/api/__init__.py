"""The issuing API: what each part of it declares, answers and refuses."""
