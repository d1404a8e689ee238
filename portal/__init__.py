"""The portal: rules, people, workflow, pages and the platform they stand on."""
