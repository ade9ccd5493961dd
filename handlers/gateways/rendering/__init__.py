"""Rendering: data as PDF documents, XLSX workbooks, CSV files, and charts.

Pure functions: values in, bytes out, without a database and without the network.  :mod:`~handlers.gateways.rendering.tables`
says what a table is, :mod:`~handlers.gateways.rendering.documents` what a document is.  PDF documents and charts are rendered
in a child process with bounded time and memory; the libraries are imported where they are used.
"""
