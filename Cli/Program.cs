using System.CommandLine;
using Squad.Cli;

var root = new RootCommand("Squad from the command line.") { AdminCommand.Create() };
return await root.Parse(args).InvokeAsync();
