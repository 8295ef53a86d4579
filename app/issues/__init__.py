"""What enterprises report: registration, duplicates, attachments, who sees what, and the pages that tell an issue."""
