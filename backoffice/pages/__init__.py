"""What does a person see in the browser? The pages' files; routes in backoffice/api/routes/ hand them out."""
