import { type Plugin, TOKENS } from "@syncline/core";
import { ContainerModule } from "inversify";
import { type BusinessHours, businessHours } from "./business-hours.ts";

/** Replaces core's schedule, for every pipeline that is given it. */
export function businessHoursPlugin(hours: BusinessHours): Plugin {
  return {
    specVersion: 1,
    name: "business-hours",
    module: new ContainerModule(({ rebind }) => {
      rebind(TOKENS.PollSchedule).toConstantValue(businessHours(hours));
    }),
  };
}
