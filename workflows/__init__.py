"""The engine: BPMN, DMN and forms in, steps out. No Flask, no SQLAlchemy; the only importer of SpiffWorkflow."""
