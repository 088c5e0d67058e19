"""What end-to-end and fault tests share: clients, an event reader, fixtures. Systems come from tools/parts."""
