using Squad.Platform.Tests.Events;

// The test program, or, where a test starts it so, the appending process that the test will kill.
return Environment.GetEnvironmentVariable(AppendingProcess.Variable) is { Length: > 0 } directory
    ? await AppendingProcess.RunAsync(directory)
    : await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
