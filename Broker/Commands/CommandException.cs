namespace Polydev.Broker.Commands;

/// <summary>What was asked for cannot be done; the message is for the person at the terminal. Exit code 1.</summary>
internal sealed class CommandException(string message) : Exception(message);
