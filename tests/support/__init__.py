"""What end-to-end and fault tests share: clients, an event reader, fixtures. The systems are tools/parts."""
