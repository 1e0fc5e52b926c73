import { buildRouteMap } from '@stricli/core'
import { slotActivateCommand } from './slot-activate.ts'
import { slotConfirmCommand } from './slot-confirm.ts'
import { slotFollowCommand } from './slot-follow.ts'
import { slotGcCommand } from './slot-gc.ts'
import { slotListCommand } from './slot-list.ts'
import { slotResumeCommand } from './slot-resume.ts'
import { slotRollbackCommand } from './slot-rollback.ts'
import { slotSignCommand } from './slot-sign.ts'
import { slotStageCommand } from './slot-stage.ts'

/** `fairlead runtime-slot ...`. */
export const slotRoutes = buildRouteMap({
  routes: {
    list: slotListCommand,
    stage: slotStageCommand,
    activate: slotActivateCommand,
    confirm: slotConfirmCommand,
    rollback: slotRollbackCommand,
    resume: slotResumeCommand,
    follow: slotFollowCommand,
    gc: slotGcCommand,
    sign: slotSignCommand,
  },
  docs: { brief: 'Change the version of containerd, and back by itself where it is not well' },
})
